# Runs one script that says where it listens. Settings: KEEPER_FOLDER (for its log, removed at the end), KEEPER_PROGRAM (what
# runs the script), KEEPER_SCRIPT.
set -eu
trap 'rm -rf "$KEEPER_FOLDER"; rmdir "$(dirname "$KEEPER_FOLDER")" 2>/dev/null || true' EXIT
cd "$KEEPER_FOLDER"

: >said
"$KEEPER_PROGRAM" "$KEEPER_SCRIPT" </dev/null >said 2>>log &
server=$!
# It says where it listens.
while kill -0 "$server" 2>/dev/null && ! grep -q '^ready ' said; do sleep 0.1; done
grep '^ready ' said
cat >/dev/null
kill -TERM "$server"
wait "$server" || true
