#!/bin/sh
# A private container engine on a Debian machine that has none, for CI and for developers:
#   sudo docker/engine.sh start DIR     install what is missing, start, print how to use it
#   sudo docker/engine.sh status DIR    say whether it answers (exit 1 if not)
#   sudo docker/engine.sh stop DIR      end this engine and no other; images stay in DIR
# For a script: eval "$(sudo docker/engine.sh start DIR)"
# Everything of the engine lies in DIR (on a disk with 10 GB free or more), also its log. It has
# a bridge and a /24 of its own, so that it runs beside other engines. Needs root.
set -eu

usage() {
    sed -n '2,8s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

say() {
    echo "engine.sh: $*" >&2
}

[ $# -eq 2 ] || usage
mkdir -p "$2"
dir=$(cd "$2" && pwd)
socket=$dir/docker.sock
pidfile=$dir/docker.pid
# Names of interfaces have at most 15 characters.
bridge=km$(printf '%s' "$dir" | cksum | cut -d ' ' -f 1)

answers() {
    docker --host "unix://$socket" version > /dev/null 2>&1
}

# Whether the process in the pid file is this engine: after a reboot it can be anyone's.
alive() {
    [ -s "$pidfile" ] && tr '\0' ' ' < "/proc/$(cat "$pidfile")/cmdline" 2> /dev/null |
        grep -qF -- "--host unix://$socket "
}

# The command line client is a package of its own from Debian 13 on.
client() {
    if apt-cache show docker-cli > /dev/null 2>&1; then
        echo docker-cli
    fi
}

install_missing() {
    if ! command -v dockerd > /dev/null || ! command -v debootstrap > /dev/null; then
        say "installing docker.io and debootstrap"
        apt-get update -q >&2
        # The package starts an engine of its own; this script's is the only one wanted.
        policy=/usr/sbin/policy-rc.d
        if [ ! -e $policy ]; then
            printf '#!/bin/sh\nexit 101\n' > $policy
            chmod +x $policy
            trap 'rm -f /usr/sbin/policy-rc.d' EXIT
        fi
        # shellcheck disable=SC2046  # no client is no argument
        DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends \
            docker.io $(client) debootstrap iptables iproute2 >&2
    fi
}

# The first three numbers of this engine's /24, from its bridge; nothing without one.
prefix() {
    ip -4 -o address show dev "$bridge" 2> /dev/null | sed -n 's/.* \(10\.213\.[0-9]*\)\.1\/.*/\1/p'
}

# The first 10.213.N.0/24 that no interface of this machine uses: the lower half is the bridge's,
# the upper half is for the engine's networks. Left to themselves, two engines that make a network
# at the same moment take the same one.
make_bridge() {
    if [ -z "$(prefix)" ]; then
        remove_interfaces
        number=0
        while ip -4 -o address | grep -qF " 10.213.$number."; do
            number=$((number + 1))
        done
        ip link add name "$bridge" type bridge
        ip address add "10.213.$number.1/25" dev "$bridge"
        ip link set "$bridge" up
        # What the engine remembers of its networks may lie in what is another's now.
        rm -rf "$dir/data/network"
    fi
}

# The bridges of the engine's networks stay after its end, and then its own.
remove_interfaces() {
    ours=$(prefix)
    if [ -n "$ours" ]; then
        ip -4 -o address | grep -F " $ours." | while read -r _ name _; do
            ip link delete "$name"
        done
    elif ip link show "$bridge" > /dev/null 2>&1; then
        ip link delete "$bridge"
    fi
}

# One at a time: two that start at once also want to make the same chains of iptables.
alone() {
    exec 9> /run/lock/keras-matrix-engine
    flock 9
}

start() {
    if ! answers; then
        alone
        install_missing
        make_bridge
        rm -f "$pidfile"
        # Detached from the terminal, or Ctrl-C in the caller's shell would end it, too.
        setsid dockerd --host "unix://$socket" --data-root "$dir/data" --exec-root "$dir/exec" \
            --pidfile "$pidfile" --bridge "$bridge" \
            --default-address-pool "base=$(prefix).128/25,size=28" \
            > "$dir/dockerd.log" 2>&1 < /dev/null 9>&- &
        tries=0
        until answers; do
            tries=$((tries + 1))
            if [ $tries -gt 120 ]; then
                say "no answer after a minute; the end of $dir/dockerd.log:"
                tail -n 20 "$dir/dockerd.log" >&2
                exit 3
            fi
            sleep 0.5
        done
    fi
    echo "export DOCKER_HOST=unix://$socket"
}

stop() {
    if alive; then
        pid=$(cat "$pidfile")
        kill "$pid"
        tries=0
        while kill -0 "$pid" 2> /dev/null; do
            tries=$((tries + 1))
            if [ $tries -gt 120 ]; then
                say "process $pid does not end; see $dir/dockerd.log"
                exit 3
            fi
            sleep 0.5
        done
    fi
    remove_interfaces
    say "stopped; $dir still holds its images"
}

status() {
    if answers; then
        echo "answers at unix://$socket"
    else
        echo "does not answer at unix://$socket"
        exit 1
    fi
}

case $1 in
    start) start ;;
    stop) stop ;;
    status) status ;;
    *) usage ;;
esac
