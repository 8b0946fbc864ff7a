# Runs one role until the other end of standard input is closed. Settings: KEEPER_BINARY, KEEPER_ROLE, and the role's own.
set -u
exec 3<&0
"$KEEPER_BINARY" "$KEEPER_ROLE" </dev/null 2>&1 &
role=$!
echo "ready $role"
(
    cat <&3
    kill -TERM "$role"
) >/dev/null 2>&1 &
wait "$role"
