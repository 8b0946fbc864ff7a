# Runs one OpenID provider. Settings: KEEPER_FOLDER (for its log, removed at the end), KEEPER_SCRIPT (beside its package).
set -eu
trap 'rm -rf "$KEEPER_FOLDER"; rmdir "$(dirname "$KEEPER_FOLDER")" 2>/dev/null || true' EXIT
cd "$KEEPER_FOLDER"

: >said
node "$KEEPER_SCRIPT" </dev/null >said 2>>log &
provider=$!
# It says where it listens.
while kill -0 "$provider" 2>/dev/null && ! grep -q '^ready ' said; do sleep 0.1; done
grep '^ready ' said
cat >/dev/null
kill -TERM "$provider"
wait "$provider" || true
