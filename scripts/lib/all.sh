# shellcheck shell=bash
# Sources the parts, in the order in which they need each other.

LIB=${BASH_SOURCE[0]%/*}
source "$LIB/say.sh"
source "$LIB/paths.sh"
source "$LIB/locks.sh"
source "$LIB/ports.sh"
source "$LIB/process.sh"
source "$LIB/packages.sh"
source "$LIB/postgres.sh"
source "$LIB/rabbitmq.sh"
source "$LIB/rust.sh"
source "$LIB/advisories.sh"
source "$LIB/services.sh"
source "$LIB/supervisor.sh"
source "$LIB/test_environment.sh"
