# Plays one pod until the other end of standard input is closed: a process that finds services by the names of the cluster.
# Settings: KEEPER_MOUNTS (how unshare gives it mounts of its own, one word a line), KEEPER_BINARY, KEEPER_ARGUMENTS (one a line), KEEPER_FOLDER (where it works), KEEPER_HOSTS (what it takes for /etc/hosts), KEEPER_LOG, KEEPER_ENDED (gets
# its exit code), and the container's own.
set -u
cd "$KEEPER_FOLDER"
exec 3<&0
set -f
IFS='
'
set -- $KEEPER_ARGUMENTS
unshare $KEEPER_MOUNTS sh -c 'mount --bind "$KEEPER_HOSTS" /etc/hosts && exec "$KEEPER_BINARY" "$@"' pod "$@" </dev/null >"$KEEPER_LOG" 2>&1 &
pod=$!
echo "ready $pod"
(
    cat <&3
    kill -TERM "$pod"
) >/dev/null 2>&1 &
wait "$pod"
echo "$?" >"$KEEPER_ENDED"
