### What every page may say.

## Everywhere
optional = (optional)
loading = Loading…
close = Close
cancel = Cancel
save = Save
saved = Saved
undo = Undo
more = Show more
copy = Copy
copied = Copied
download = Download
print = Print
remove = Remove
or = or
done = Done
back = Back
continue = Continue
choose = Choose…
refresh = Refresh
try-again = Try again
try-now = Try now
nobody = Nobody
nothing = none
nothing-found = Nothing found
never = Never
yes = Yes
no = No
on = On
off = Off
edited = edited
deleted = This comment was deleted.
everywhere = Everywhere
column-deeds = What can be done
skip = Skip to the main part

## Frame
nav = Main
nav-desk = Desk
nav-today = Today
nav-requests = My requests
nav-help = Knowledge
nav-admin = Administration
nav-approvals = Approvals
nav-team = Team
nav-reports = Reports
nav-team-all = Approvals and team
queues = Routing
levels = Service levels
automations = Automations
flows = Workflows
approvals-waiting =
    { $count ->
        [one] 1 waits for you
       *[other] { $count } wait for you
    }
account-of = Account of { $name }
theme = Appearance
theme-system = As the system
theme-light = Light
theme-dark = Dark
comfortable = Comfortable spacing
language = Language
sign-out = Sign out
live-live = Live
live-catching-up = Catching up
live-offline = Offline
offline-banner = No connection since { $time }. What you write is kept; changes cannot be made until it is back.
account-own = Your account
second-factor-banner = One of your roles waits for a second factor.
second-factor-set-up = Set it up

## Notifications
notifications = Notifications
unread = { $count } unread
unread-one = Unread:
mark-all-read = Mark all as read
no-notifications = Nothing new
no-notifications-text = When something needs you, it is said here.

## Time
ago-now = just now
ago-minutes = { $count } min
ago-hours = { $count } h
ago-days = { $count } d

## What goes wrong
failed = That did not work
failed-offline = No connection
failed-not-found = Not found
failed-denied = Not yours to see
failed-not-built = Not built yet
trouble-offline = The server cannot be reached. Try again in a moment.
trouble-signed-out = Your session has ended. Sign in again.
trouble-not-built = This part of Ticketmesh is not built yet.
trouble-fault = Something went wrong on the server. Try again; if it goes on, tell your administrator.
trouble-busy = Too many requests at a time.
trouble-wrong-credentials = E-mail or password is wrong.
trouble-wrong-code = The code is wrong or used up. Take the next one.
trouble-sign-in-blocked = Too many failed attempts from here.
try-again-soon = Wait a moment and try again.
try-again-at = Try again after { $time }.
trouble-challenge-failed = The check before signing in did not work out. Try again.
trouble-wrong-password = That is not your password.
trouble-sso-required = People of your organisation sign in with its own service. Use its button below.
trouble-sso-failed = The sign-in with your organisation did not work out. Try again.
trouble-reset-link-spent = The link was used or is too old. Ask for a new one.
trouble-sign-up-closed = Accounts are made by invitation here, or not for addresses like this one.
trouble-second-factor-required = One of your roles needs a second factor, so it stays on.
trouble-stale-etag = Somebody else changed this a moment ago. Look at it as it is now, then try again.
trouble-request-id-reused = This was sent already. Reload the page to see it.
trouble-not-ratable = It was rated before, or it is not resolved.
trouble-sign-in-again = Your account has no password. Sign in at your provider again, then do this within 10 minutes.
trouble-break-glass-needed = While a domain must sign in at a provider, an administrator with a password is kept for emergencies. Name one, or another one, under Access first.
trouble-last-admin = This would leave nobody with the administrator role everywhere.
trouble-grant-exceeds-own = You cannot give what you do not hold yourself.
trouble-email-taken = An account with this e-mail address exists already.
trouble-department-cycle = A department cannot stand below itself or below one of its own.
trouble-department-has-children = There are departments below it. Archive or move them first.
trouble-department-archived = The department, or the one above it, is archived.
trouble-role-in-use = Somebody still holds this role. Take it back first.
trouble-built-in-role = Built-in roles cannot be changed. Make one of your own.
trouble-status-move-not-allowed = The account cannot go there from the status it has now.
trouble-invitation-spent = The link was used, has expired or was withdrawn. Ask for a new one.
trouble-password-too-weak = The password is too easy to guess. Take a longer or less common one.
unreachable-text = Ticketmesh cannot be reached. As soon as it answers, you can go on.
not-found = There is nothing here
not-found-text = The address leads nowhere, or to something that is not for you.
go-home = To the start

## Questions, lengths of time
reason = Reason
reason-hint = Kept in the audit log.
reason-missing = Say why, in a few words.
typed = Type it here
typed-text = To go on, type
typed-wrong = That is not the same.
unit = unit
unit-seconds = seconds
unit-minutes = minutes
unit-hours = hours
unit-days = days

## Choosing many
choose-row = Choose { $name }
table-of = { $name }, table
choose-all = Choose all
choose-none = Choose none
chosen = Chosen rows
chosen-count =
    { $count ->
        [one] 1 chosen
       *[other] { $count } chosen
    }
choose-keys = x chooses the row under the cursor, Shift + x all rows up to it, Escape none.

## Stars
stars-1 = Very bad
stars-2 = Bad
stars-3 = Fair
stars-4 = Good
stars-5 = Very good
stars-given = { $count } of 5 stars
stars-none = Not rated

## Files
upload-or-drop = or drop them here
upload-most = Up to { $size } each
upload-waiting = waits
upload-remove = Take { $name } away
upload-again = Send { $name } again
upload-empty = The file is empty.
upload-too-large = The file is too large.
upload-unreadable = The file cannot be read any more. Choose it again.
upload-expired = It took too long. Choose the file again.
upload-interrupted = It was interrupted. Send it again.

## Rules
rule-place = line { $line }, column { $column }

## Forms of categories
form-field-missing = Fill this in.
form-field-staff-only = Only the staff sees this.
number-wrong = Give a number, such as 12.5.
url-wrong = Give the whole address, such as https://example.org.
currency = currency
currency-wrong = Give the currency in three letters, such as EUR.

## Markdown
markdown-write = Write
markdown-preview = Preview
markdown-empty = Nothing to show yet

## Files that came
attachments = Files
attachment-open = Look at { $name }
attachment-save = Save { $name }
attachment-before = The file before
attachment-after = The next file
attachment-place = { $number } of { $count }
attachment-refused = refused by the virus scanner
attachment-scanning = being checked for viruses
attachment-coming = on its way

# What several programs say.
session-end = Sign out
session-end-of = Sign out { $device }
api-key-revoke-of = Revoke { $name }
time-zone = Time zone
name = Name
chart-table = As a table
chart-time = Time
chart-value = Value
line-remove = { $name }: take away line { $number }
