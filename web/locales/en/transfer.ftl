### Tickets in from other systems, and out as files.

transfer = Import and export
transfer-text = Tickets of another system come in with their times, people and conversation; tickets go out as a file.
transfer-in = Bring tickets in
transfer-in-text = CSV or lines of JSON. The file is checked first; a row is taken once, so a file can be sent again when something broke off.
transfer-choose = Choose a file
transfer-system = System they come from
transfer-system-hint = A row is known by this name and its number there. Unless the file says it itself.
transfer-check = Check the file
transfer-checking = { $count } rows checked…
transfer-working = { $count } rows brought in…
transfer-would =
    { $count ->
        [one] 1 ticket would be made; { $known } are here already, { $refused } can't be taken.
       *[other] { $count } tickets would be made; { $known } are here already, { $refused } can't be taken.
    }
transfer-go =
    { $count ->
        [one] Bring 1 ticket in
       *[other] Bring { $count } tickets in
    }
transfer-done =
    { $count ->
        [one] 1 ticket was made; { $known } were here already, { $refused } could not be taken.
       *[other] { $count } tickets were made; { $known } were here already, { $refused } could not be taken.
    }
transfer-broke-off = It broke off: { $reason } What came before stays; send the file again.
transfer-refused = Rows that can't be taken
transfer-line = Line
transfer-row = Number there
transfer-reason = Why
transfer-out = Take tickets out
transfer-out-text = Every ticket you may export, or those that meet a rule. What the staff says among itself goes along.
transfer-format = Format
transfer-filter = Rule
transfer-filter-hint = As in the lists of the desk: status, priority, assignee, tags …
transfer-comments = With the conversation
