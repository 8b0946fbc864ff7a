### Der Schreibtisch.

views = Ansichten
view-mine = Meine offenen
view-unassigned = Ohne Bearbeitung
view-open = Alle offenen
view-pending = Wartend
view-resolved = Gelöst
view-all = Alle Tickets
none-mine = Nichts auf Ihrem Schreibtisch
none-mine-text = Neue Tickets erscheinen von selbst, sobald sie Ihre sind.
none-unassigned = Alles ist vergeben
none-unassigned-text = Tickets, an denen niemand arbeitet, warten hier.
none-open = Nichts offen
none-open-text = Neue Tickets Ihrer Abteilungen erscheinen von selbst.
none-pending = Nichts wartet
none-pending-text = Tickets, die auf eine Antwort oder auf etwas anderes warten, stehen hier.
none-resolved = Nichts gelöst
none-resolved-text = Gelöste Tickets bleiben hier, bis sie geschlossen werden.
none-all = Noch keine Tickets
none-all-text = Sobald jemand eines erstellt, erscheint es hier.
rows-changed =
    { $count ->
        [one] 1 Ticket hat diese Ansicht verlassen
       *[other] { $count } Tickets haben diese Ansicht verlassen
    }
find-tickets = In dieser Ansicht suchen
tickets-none-text = Keine Nummer und kein Betreff dieser Ansicht enthält diese Wörter.
column-number = Nummer
column-status = Status
column-changed = Geändert
requester = Anfrage von
assignee = Bearbeitung
back-to-list = Zurück zur Liste
properties = Eigenschaften
filed = Erstellt
resolved-at = Gelöst
assign = Zuweisen an
assigned = Zugewiesen
released = In die Warteschlange zurückgegeben
take = Nehmen
why-assigned = Warum zugewiesen?
candidates = Wer in Frage kam
agent-load = { $presence } · { $count } offen
presence = Ob Sie Arbeit annehmen
presence-online = Da
presence-away = Abwesend
presence-offline = Nicht da
presence-online-long = Da: nimmt neue Tickets
presence-away-long = Abwesend: nimmt gerade keine
presence-offline-long = Nicht da
keys = Tastatur
key-next = Nächstes Ticket
key-previous = Voriges Ticket
key-open = Ticket öffnen
key-close = Zurück zur Liste
key-reply = Antworten
key-note = Interne Notiz
key-send = Senden
key-assign = Zuweisen
key-priority = Dringlichkeit setzen
key-go = Zu „Meine offenen“ (u, o, p, r: andere Ansichten)
key-fold = Ansichten, Liste einklappen
key-help = Diese Liste
