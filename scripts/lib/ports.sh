# shellcheck shell=bash
# Free ports on 127.0.0.1, chosen once and remembered in .local/ports.env, so that addresses stay the same.

port_in_use() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# remembered_port NAME: prints the port kept under that name, if any.
remembered_port() { sed -n "s/^$1=\([0-9]\{1,5\}\)$/\1/p" "$LOCAL/ports.env" 2>/dev/null || true; }

# choose_port NAME: prints a port that is free now. The remembered one is preferred; a new one is remembered.
choose_port() {
  local name=$1 port
  port=$(remembered_port "$name")
  if [[ -n $port ]] && ! port_in_use "$port"; then
    printf '%s' "$port"
    return
  fi
  [[ -z $port ]] || say "Port $port ($name) is taken by another program now; choosing another one."
  # Below 32768, where Linux begins to hand out ports to outgoing connections.
  port=$((20000 + CHECKOUT_ID % 12000))
  while port_in_use "$port" || grep -qs "=$port$" "$LOCAL/ports.env"; do
    port=$((port + 1))
    ((port < 32768)) || port=20000
  done
  remember_port "$name" "$port"
  printf '%s' "$port"
}

remember_port() {
  local others
  others=$(grep -sv "^$1=" "$LOCAL/ports.env" || true)
  printf '%s\n' ${others:+"$others"} "$1=$2" >"$LOCAL/ports.env.new"
  mv "$LOCAL/ports.env.new" "$LOCAL/ports.env"
}
