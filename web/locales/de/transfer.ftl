### Tickets herein aus anderen Systemen und hinaus als Datei.

transfer = Import und Export
transfer-text = Tickets eines anderen Systems kommen mit ihren Zeiten, Leuten und ihrem Verlauf herein; Tickets gehen als Datei hinaus.
transfer-in = Tickets hereinholen
transfer-in-text = CSV oder Zeilen von JSON. Die Datei wird erst geprüft; jede Zeile wird einmal genommen, nach einem Abbruch kann die Datei noch einmal gesendet werden.
transfer-choose = Datei wählen
transfer-system = System, aus dem sie kommen
transfer-system-hint = Eine Zeile ist an diesem Namen und ihrer Nummer dort zu erkennen. Falls die Datei es nicht selbst sagt.
transfer-check = Datei prüfen
transfer-checking = { $count } Zeilen geprüft …
transfer-working = { $count } Zeilen hereingeholt …
transfer-would =
    { $count ->
        [one] 1 Ticket würde entstehen; { $known } sind schon hier, { $refused } gehen nicht.
       *[other] { $count } Tickets würden entstehen; { $known } sind schon hier, { $refused } gehen nicht.
    }
transfer-go =
    { $count ->
        [one] 1 Ticket hereinholen
       *[other] { $count } Tickets hereinholen
    }
transfer-done =
    { $count ->
        [one] 1 Ticket ist entstanden; { $known } waren schon hier, { $refused } gingen nicht.
       *[other] { $count } Tickets sind entstanden; { $known } waren schon hier, { $refused } gingen nicht.
    }
transfer-broke-off = Abgebrochen: { $reason } Was vorher kam, bleibt; senden Sie die Datei noch einmal.
transfer-refused = Zeilen, die nicht gehen
transfer-line = Zeile
transfer-row = Nummer dort
transfer-reason = Warum
transfer-out = Tickets hinausgeben
transfer-out-text = Alle Tickets, die Sie ausgeben dürfen, oder die einer Regel entsprechen. Internes der Bearbeiter geht mit.
transfer-format = Format
transfer-filter = Regel
transfer-filter-hint = Wie in den Listen am Arbeitsplatz: status, priority, assignee, tags …
transfer-comments = Mit dem Verlauf
