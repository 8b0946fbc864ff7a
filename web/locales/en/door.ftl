### The door.

## Sign in
sign-in-title = Sign in to Ticketmesh
sign-in-text =
    Your requests, and the work behind them.
sign-in = Sign in
email = E-mail
password = Password
show-password = Show password
keep-signed-in = Keep me signed in
session-ended = Your session has ended. Sign in again to go on where you were.
setup-needed = Nobody can sign in yet. Open the set-up link that was printed when Ticketmesh started.
challenge = There were many failed attempts from here, so your browser solves a small puzzle first. It takes a few seconds; you have nothing to do.
forgot-password = Forgot your password?
no-account = No account yet?
sign-up = Make one
passkey-sign-in = Sign in with a passkey
sso-sign-in = Sign in with { $name }
problem-sso-failed = The sign-in with your organisation did not work out. Try again, or use another way.
problem-sso-refused = Your organisation did not let you in, or you turned back.
problem-sso-expired = The sign-in took too long. Start it again.
problem-sso-unavailable = Your organisation's sign-in cannot be reached right now. Try again later.
second-factor-title = Second factor
second-factor-text = One more step, so that a stolen password is not enough.
code = Code
code-hint = Six digits from your authenticator app, or one of your recovery codes.
app-code-hint = Six digits, from the authenticator app on your phone.
by-passkey = Use a passkey
by-app = Use a code from the app
by-email = Get a code by mail
by-recovery-code = Use a recovery code
back-to-sign-in = Back to sign in
recovery-code = Recovery code
recovery-code-hint = One of the ten you kept. Each works once.
email-code-text = We mail a code to { $address }. It is good for five minutes.
email-code-sent = A code is on its way to { $address }.
email-code-hint = Six digits, from the letter.
email-code-send = Send the code
email-code-again = Send another code
passkey-text = Your device asks for your finger, your face or its code.
passkey-use = Use passkey
passkey-no-answer = The passkey was not used. Try again, or take another way.
passkey-refused = This passkey is not known here, or no longer. Sign in another way.
passkey-known = This device holds a passkey for this account already.
passkey-wrong-address = Passkeys do not work at this address. Open Ticketmesh at its own one.

## Opening an account
setup-title = Set up Ticketmesh
setup-text = Make the first account. It may do everything.
invitation-title = Welcome to Ticketmesh
invitation-text = Choose a password, and you are in.
your-name = Your name
choose-password = Choose a password
password-hint = At least { $count } characters. A few words in a row are easy to remember and hard to guess.
open-account = Open account
link-spent = This link no longer works
link-spent-text = It was used, has expired or was withdrawn. Ask whoever sent it for a new one.
password-fair = Long enough. One more word makes it much stronger.
password-good = A good length.
password-strong = A very good length.
waits-for-approval = Almost there
waits-for-approval-text = Your address is confirmed. As soon as your account is approved, you get a letter and can sign in.

## Forgotten passwords, accounts of one's own
forgot-title = Forgot your password?
forgot-text = Say who you are, and we mail you a link to choose a new one.
forgot-send = Send the link
forgot-again = Ask for a new link
email-missing = Say where the letter should go.
letter-sent = Look into your mail
forgot-sent = If { $address } has an account, a letter with a link is on its way. The link works once, within an hour.
reset-title = A new password
reset-text = All your devices are signed out with it.
new-password = New password
reset-set = Set password
reset-done = Your password is set
reset-done-text = You were signed out everywhere. Sign in with the new one.
reset-spent-text = It was used, or is older than an hour.
sign-up-title = Make an account
sign-up-text = We mail you a link; you choose a password there.
sign-up-send = Send me the link
sign-up-sent = A letter is on its way to { $address }. Open its link to choose a password.
sign-up-approval = Accounts are looked at before they open.
sign-up-closed = Accounts are made by invitation
sign-up-closed-text = Ask the people who run Ticketmesh for yours.
have-account = Have an account?
