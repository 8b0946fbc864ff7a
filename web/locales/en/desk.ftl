### The desk.

views = Views
view-mine = My open
view-unassigned = Unassigned
view-open = All open
view-pending = Pending
view-resolved = Resolved
view-all = All tickets
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
why-assigned = Why assigned?
candidates = Who was looked at
agent-load = { $presence } · { $count } open
presence = Whether you take work
presence-online = Online
presence-away = Away
presence-offline = Offline
presence-online-long = Online: takes new tickets
presence-away-long = Away: takes none for now
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
