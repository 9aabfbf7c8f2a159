# shellcheck shell=bash
# The Rust toolchain and the cargo tools. The version in rust-toolchain.toml counts.

# Built with what they were tried with; both build with the toolchain of this checkout.
readonly NEXTEST_VERSION=0.9.143
readonly DENY_VERSION=0.20.2
readonly CARGO_BIN=${CARGO_HOME:-${HOME:-/root}/.cargo}/bin

need_cargo() {
  # A shell that is not a login shell often lacks rustup's folder.
  [[ ":$PATH:" == *":$CARGO_BIN:"* ]] || PATH=$PATH:$CARGO_BIN
  command -v cargo >/dev/null ||
    fail "cargo is not there." "nothing was changed." \
      "install Rust from https://rustup.rs: curl -sSf https://sh.rustup.rs | sh -s -- -y, then start again."
  local said
  said=$(cd "$ROOT" && cargo --version 2>&1) ||
    fail "cargo does not work here: ${said##*$'\n'}" "nothing was changed." \
      "in $ROOT: rustup toolchain install (it reads rust-toolchain.toml)."
}

# need_cargo_tool NAME VERSION [ARGUMENT OF cargo install...]: cargo-NAME from crates.io when there is none.
need_cargo_tool() {
  local name=$1 version=$2 since=$SECONDS
  command -v "cargo-$name" >/dev/null && return
  shift 2
  say "Installing cargo-$name $version from crates.io (once, some minutes)."
  (cd "$ROOT" && env -u RUSTFLAGS cargo install --quiet --locked "cargo-$name" --version "$version" "$@") ||
    fail "cargo-$name could not be installed." "everything else is as it was." \
      "cargo install --locked cargo-$name --version $version, and read what it says."
  say "cargo-$name is installed ($((SECONDS - since)) s)."
}

# build WHAT CARGO_ARGUMENT...
build() {
  local what=$1 since=$SECONDS
  shift
  say "Building $what (the first build takes minutes)."
  (cd "$ROOT" && cargo build --locked "$@") ||
    fail "the build of $what failed." "databases, queues and earlier programs are as they were." \
      "read the compiler's message above; if it speaks of cc, make or the linker, install gcc, libc6-dev and make."
  say "Built $what ($((SECONDS - since)) s)."
}
