### The desk.

views = Views
none-mine = Nothing on your desk
none-mine-text = New tickets appear here by themselves as soon as they are yours.
none-unassigned = Everything is taken
none-unassigned-text = Tickets that nobody works on wait here.
none-open = Nothing open
none-open-text = New tickets of your departments appear here by themselves.
none-pending = Nothing waits
none-pending-text = Tickets that wait for an answer or for something else are kept here.
none-resolved = Nothing resolved
none-resolved-text = Resolved tickets stay here until they are closed.
none-all = No tickets yet
none-all-text = As soon as somebody files one, it appears here.
rows-changed =
    { $count ->
        [one] 1 ticket has left this view
       *[other] { $count } tickets have left this view
    }
find-tickets = Find in this view
tickets-none-text = No number or subject of this view has these words.
column-number = Number
column-status = Status
column-stage = Stage
column-wait-reason = Waits for
column-wait-until = Waits until
column-queue = Queue
column-response-due = Answer due
column-resolve-due = Due
column-first-response = First answer
column-closed = Closed
column-reopened = Reopened
column-comments = Comments
column-notes = Notes
column-merged-into = Merged into
column-changed = Changed
requester = Requester
assignee = Assignee
back-to-list = Back to the list
properties = Properties
filed = Filed
resolved-at = Resolved
assign = Assign to
assigned = Assigned
released = Given back to the queue
take = Take it
aside = Set aside
aside-not = Not set aside
aside-hour = For an hour
aside-hours = For four hours
aside-day = For a day
aside-days = For three days
aside-week = For a week
aside-said = Set aside; an answer brings it back before
hand-on = Hand on
hand-to = To
hand-to-agent = an agent of the department
hand-to-department = another department
hand-agent = Agent
hand-to-missing = Choose to whom.
hand-department-hint = Routing looks for somebody there. You may lose sight of it.
hand-reason-hint = It stands in the timeline.
hand-reason-missing = Say why, in a few words.
handed-on = Handed on
escalate = Escalate
escalate-text = It goes up to whomever its stage names, once while it is in this stage.
escalated = Escalated
aside-own = Until a time…
aside-text = It needs nobody until then, and comes back by itself to whoever has it.
aside-until = Until
aside-until-missing = Give day and time.
aside-until-said = Set aside until { $time }
aside-wakes = An answer of the requester brings it back before
offered = Offered to you:
offer-left = { $time } left
offer-until = Until { $time }.
offer-decline = Decline
offer-declined = Declined
why-assigned = Why assigned?
candidates = Who was looked at
clocks = Service levels
why = Why?
why-due = Why is it due then: { $name }
due-in = due in { $time }
overdue-by = overdue by { $time }
due-on = due on { $date }
overdue-since = overdue since { $date }
clock-paused = stands still
clock-met = kept
clock-missed = missed
clock-line = Why it is due then
counted = { $time } count
counts-nothing = Stands still
without-holidays = Without { $names }
policies-tried = Policies that were tried
policy-applies = applies
agent-load = { $presence } · { $count } open
presence = Whether you take work
presence-online = Online
presence-away = Away
presence-busy = Busy
presence-offline = Offline
presence-online-long = Online: takes new tickets
presence-away-long = Away: takes none for now
presence-busy-long = Busy: here, but takes none
presence-offline-long = Offline
keys = Keyboard
key-next = Next ticket
key-previous = Previous ticket
key-open = Open ticket
key-close = Back to the list
key-reply = Reply
key-note = Internal note
key-send = Send
key-assign = Assign
key-priority = Set priority
key-go = Go to My open (u, o, p, r: other views)
key-fold = Fold views, fold list
key-help = This list

## Saved views, and narrowing
views-saved = Saved
views-saved-none = None yet. + keeps a rule as a view.
view-new = New view
view-edit = Change view
view-save = Save as view
view-saved = View saved
view-delete = Delete view
view-delete-text = “{ $name }” is gone then for everybody who uses it. Its tickets stay.
view-menu = Change or delete { $name }
view-name-missing = Give the view a name.
view-wrong = Its rule is wrong
view-ruled = Tickets of a report
view-gone = This view is gone
view-gone-text = It was deleted, or is no longer shared with you. The others are on the left.
filter = Filter
filter-rule = Rule
filter-rule-hint = Begin to type: status, priority, assignee, tags …
filter-clear = Clear
chip-urgent = High or urgent
chip-mine = Mine
chip-unassigned = Nobody’s
chip-unanswered = Not answered
chip-old = Quiet for 3 days
search-all = Search all tickets
none-by-rule = No ticket meets the rule
none-by-rule-text = As soon as one does, it appears here by itself.
order = Order
order-changed = Last changed first
order-newest = Newest first
order-oldest = Oldest first
order-priority = Most urgent first
order-due = Due first
order-number = Highest number first
columns = Columns
view-columns-many = At most { $count } columns.
group = Groups
group-none = No groups
column-source = Came by
source-portal = Portal
source-agent = Agent
source-email = E-mail
source-api = Program
source-import = Import

## Many at once
bulk-assign = Assign
bulk-priority = Priority
bulk-sort = Sort
bulk-move = Move on
bulk-tags = Tags
bulk-comment = Comment
bulk-macro = Macro
choose-whole = All { $count } of the list
chosen-whole = All { $count } of the list are chosen
bulk-assign-title = Assign { $count } tickets
bulk-priority-title = Priority of { $count } tickets
bulk-sort-title = Department, category and fields of { $count } tickets
bulk-move-title = Move { $count } tickets on
bulk-tags-title = Tags of { $count } tickets
bulk-comment-title = Comment on { $count } tickets
bulk-macro-title = Macro for { $count } tickets
bulk-tries-first = Nothing changes yet: first you see what would happen.
bulk-trying = Looking what would happen…
bulk-would = 
    { $count ->
        [0] No ticket would change.
        [one] 1 ticket would change.
       *[other] { $count } tickets would change.
    }
bulk-go = 
    { $count ->
        [one] Change 1 ticket
       *[other] Change { $count } tickets
    }
bulk-working = { $done } of { $total }
bulk-working-text = It goes on when you close this.
bulk-progress = How far it is
bulk-done = 
    { $count ->
        [0] No ticket was changed.
        [one] 1 ticket was changed.
       *[other] { $count } tickets were changed.
    }
bulk-skipped = 
    { $count ->
        [one] 1 is passed over
       *[other] { $count } are passed over
    }
bulk-undone = 
    { $count ->
        [one] 1 ticket is as it was before
       *[other] { $count } tickets are as they were before
    }
bulk-undone-some = { $count } as before; { $left } were changed since, or may not be changed by you
bulk-not-moved = Changed, but not moved on: { $reason }
bulk-permission-denied = You may not do this there
bulk-stale-etag = Somebody changed it since you looked
bulk-nothing-chosen = Choose one.
bulk-tags-more = Add
bulk-tags-fewer = Take away
bulk-tags-hint = Several with commas between them.
bulk-tags-missing = Give a word to add or to take away.
bulk-move-comment = What to say with it
bulk-move-comment-hint = Read by the requester, or by the staff only, as the step has it.
bulk-comment-text = Comment
macro = Macro

## Macros
macro-use = Use a macro
macro-preview = What the macro does
macro-write = Write it only
macro-apply = Apply
macro-applied = Macro applied
macro-part-fields = the fields
macro-part-words = what was said
macro-part-step = the step
macro-stopped = This stands: { $what }. Then it stopped: { $reason }
macro-undone = What the macro set and said is taken back
macro-undone-but = Taken back, but not: { $what }
macro-left = { $what } ({ $reason })
macro-changed-since = changed since
macro-applied-moved = Macro applied; undoing takes back what it set and said, not the step
macro-nothing = Nothing: the ticket is so already.
macro-moves = Moves it to
macro-no-step = Its step “{ $step }” cannot be taken from where the ticket stands
key-macro = Macro
key-choose = Choose ticket; with Shift + j, k all that are passed
key-undo = Undo the last change

## Merging and links
ticket-more = More
merge = Merge with another ticket
merge-with = With which ticket
merge-go = Merge
merge-stub = Leads to the other from then on
merge-kept = Goes on
merge-turn = The other way round
merge-moves = 
    { $count ->
        [0] What was asked moves to { $number }, and its people follow there.
        [one] What was asked and 1 comment move to { $number }, and its people follow there.
       *[other] What was asked and { $count } comments move to { $number }, and its people follow there.
    }
merge-comment = A word to its requester
merge-comment-hint = Written where the conversation goes on. Nothing is said when it is empty.
merged-into = { $from } was merged into { $to }
merged-stub = This ticket was merged into another one. What is said there counts.
merged-stub-go = Go there
links = Links
links-none = None
link-add = Add link
link-remove = Remove the link to { $number }
link-removed = Link removed
link-kind = This ticket is
link-other = Which ticket
link-parent-of = Parent of
link-child-of = Child of
link-duplicate-of = Duplicate of
link-duplicated-by = Duplicated by
link-blocks = Blocks
link-blocked-by = Blocked by
link-related = Related to
link-follows = Goes on from
link-followed-by = Continued by

## Changing a ticket
priority-computed = By impact and urgency
describe = Change description
ticket-delete = Delete ticket
ticket-delete-text = With all that was said, and its files. Nobody can bring it back; its number stays used.
ticket-deleted = { $number } is deleted
involve = Add to “{ $what }”
involve-add = Add…
involve-not = Take { $name } away
follow = Follow it
follow-not = Follow it no longer
subject-change = Change subject
tags-change = Change tags
fields-change = Change fields
clash = { $field } was changed by somebody else
clash-text = You both changed the same field. Nothing of yours is lost: choose what stands.
clash-base = Before
clash-theirs = Now
clash-mine = Yours
clash-keep-theirs = Leave it as it is now
clash-take-mine = Take mine
goes-on = Next ticket after sending
others-look = { $name } looks at it
others-reply = { $name } writes a reply
others-note = { $name } writes a note
key-edit = Change subject
total-exact = Tickets, exactly
ticket-form = Form
