### Der Schreibtisch.

views = Ansichten
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
column-stage = Stufe
column-wait-reason = Wartet auf
column-wait-until = Wartet bis
column-queue = Warteschlange
column-response-due = Antwort fällig
column-resolve-due = Fällig
column-first-response = Erste Antwort
column-closed = Geschlossen
column-reopened = Wieder geöffnet
column-comments = Kommentare
column-notes = Notizen
column-merged-into = Zusammengeführt mit
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
aside = Zurückstellen
aside-not = Nicht zurückgestellt
aside-hour = Für eine Stunde
aside-hours = Für vier Stunden
aside-day = Für einen Tag
aside-days = Für drei Tage
aside-week = Für eine Woche
aside-said = Zurückgestellt; eine Antwort holt sie früher zurück
hand-on = Weitergeben
hand-to = An
hand-to-agent = jemanden aus der Abteilung
hand-to-department = eine andere Abteilung
hand-agent = Bearbeiter
hand-to-missing = Wählen Sie, an wen.
hand-department-hint = Die Verteilung sucht dort jemanden. Vielleicht sehen Sie es dann nicht mehr.
hand-reason-hint = Es steht im Verlauf.
hand-reason-missing = Sagen Sie in ein paar Worten, warum.
handed-on = Weitergegeben
escalate = Eskalieren
escalate-text = Es geht an die Stelle, die seine Stufe nennt, einmal in dieser Stufe.
escalated = Eskaliert
aside-own = Bis zu einem Zeitpunkt …
aside-text = Es braucht bis dahin niemanden und kommt dann von selbst zurück.
aside-until = Bis
aside-until-missing = Geben Sie Tag und Uhrzeit an.
aside-until-said = Zurückgestellt bis { $time }
aside-wakes = Eine Antwort der anfragenden Person holt es früher zurück
offered = Ihnen angeboten:
offer-left = noch { $time }
offer-until = Bis { $time }.
offer-decline = Ablehnen
offer-declined = Abgelehnt
why-assigned = Warum zugewiesen?
candidates = Wer in Frage kam
clocks = Zugesagte Zeiten
why = Warum?
why-due = Warum dann fällig: { $name }
due-in = fällig in { $time }
overdue-by = überfällig seit { $time }
due-on = fällig am { $date }
overdue-since = überfällig seit { $date }
clock-paused = steht still
clock-met = eingehalten
clock-missed = verfehlt
clock-line = Warum es dann fällig ist
counted = { $time } zählen
counts-nothing = Steht still
without-holidays = Ohne { $names }
policies-tried = Geprüfte Zusagen
policy-applies = gilt
agent-load = { $presence } · { $count } offen
presence = Ob Sie Arbeit annehmen
presence-online = Da
presence-away = Abwesend
presence-busy = Beschäftigt
presence-offline = Nicht da
presence-online-long = Da: nimmt neue Tickets
presence-away-long = Abwesend: nimmt gerade keine
presence-busy-long = Beschäftigt: da, nimmt aber keine
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

## Saved views, and narrowing
views-saved = Gespeichert
views-saved-none = Noch keine. + behält eine Regel als Ansicht.
view-new = Neue Ansicht
view-edit = Ansicht ändern
view-save = Als Ansicht speichern
view-saved = Ansicht gespeichert
view-delete = Ansicht löschen
view-delete-text = „{ $name }“ ist dann für alle weg, die sie benutzen. Ihre Tickets bleiben.
view-menu = { $name } ändern oder löschen
view-name-missing = Geben Sie der Ansicht einen Namen.
view-wrong = Ihre Regel ist falsch
view-ruled = Tickets eines Berichts
view-gone = Diese Ansicht gibt es nicht mehr
view-gone-text = Sie wurde gelöscht oder wird nicht mehr mit Ihnen geteilt. Die anderen stehen links.
filter = Filter
filter-rule = Regel
filter-rule-hint = Beginnen Sie zu tippen: status, priority, assignee, tags …
filter-clear = Leeren
chip-urgent = Hoch oder dringend
chip-mine = Meine
chip-unassigned = Niemandes
chip-unanswered = Unbeantwortet
chip-old = Seit 3 Tagen still
search-all = In allen Tickets suchen
none-by-rule = Kein Ticket erfüllt die Regel
none-by-rule-text = Sobald eines sie erfüllt, erscheint es hier von selbst.
order = Reihenfolge
order-changed = Zuletzt geänderte zuerst
order-newest = Neueste zuerst
order-oldest = Älteste zuerst
order-priority = Dringendste zuerst
order-due = Zuerst fällige
order-number = Höchste Nummer zuerst
columns = Spalten
view-columns-many = Höchstens { $count } Spalten.
group = Gruppen
group-none = Keine Gruppen
column-source = Kam über
source-portal = Portal
source-agent = Agent
source-email = E-Mail
source-api = Programm
source-import = Import

## Many at once
bulk-assign = Zuweisen
bulk-priority = Dringlichkeit
bulk-sort = Einordnen
bulk-move = Weiterbewegen
bulk-tags = Schlagwörter
bulk-comment = Kommentar
bulk-macro = Makro
choose-whole = Alle { $count } der Liste
chosen-whole = Alle { $count } der Liste sind gewählt
bulk-assign-title = { $count } Tickets zuweisen
bulk-priority-title = Dringlichkeit von { $count } Tickets
bulk-sort-title = Abteilung, Kategorie und Felder von { $count } Tickets
bulk-move-title = { $count } Tickets weiterbewegen
bulk-tags-title = Schlagwörter von { $count } Tickets
bulk-comment-title = { $count } Tickets kommentieren
bulk-macro-title = Makro für { $count } Tickets
bulk-tries-first = Noch ändert sich nichts: Zuerst sehen Sie, was geschähe.
bulk-trying = Es wird geprüft, was geschähe …
bulk-would = 
    { $count ->
        [0] Kein Ticket würde geändert.
        [one] 1 Ticket würde geändert.
       *[other] { $count } Tickets würden geändert.
    }
bulk-go = 
    { $count ->
        [one] 1 Ticket ändern
       *[other] { $count } Tickets ändern
    }
bulk-working = { $done } von { $total }
bulk-working-text = Es läuft weiter, wenn Sie dies schließen.
bulk-progress = Wie weit es ist
bulk-done = 
    { $count ->
        [0] Kein Ticket wurde geändert.
        [one] 1 Ticket wurde geändert.
       *[other] { $count } Tickets wurden geändert.
    }
bulk-skipped = 
    { $count ->
        [one] 1 wird ausgelassen
       *[other] { $count } werden ausgelassen
    }
bulk-undone = 
    { $count ->
        [one] 1 Ticket ist wieder wie zuvor
       *[other] { $count } Tickets sind wieder wie zuvor
    }
bulk-undone-some = { $count } wie zuvor; { $left } wurden seither geändert oder dürfen von Ihnen nicht geändert werden
bulk-not-moved = Geändert, aber nicht weiterbewegt: { $reason }
bulk-permission-denied = Das dürfen Sie dort nicht
bulk-stale-etag = Jemand hat es geändert, seit Sie hingesehen haben
bulk-nothing-chosen = Wählen Sie eines.
bulk-tags-more = Hinzufügen
bulk-tags-fewer = Wegnehmen
bulk-tags-hint = Mehrere mit Kommas dazwischen.
bulk-tags-missing = Nennen Sie ein Wort zum Hinzufügen oder Wegnehmen.
bulk-move-comment = Was dazu gesagt wird
bulk-move-comment-hint = Es liest der Anfragende oder nur das Team, je nach Schritt.
bulk-comment-text = Kommentar
macro = Makro

## Macros
macro-use = Makro anwenden
macro-preview = Was das Makro tut
macro-write = Nur hineinschreiben
macro-apply = Anwenden
macro-applied = Makro angewendet
macro-part-fields = die Felder
macro-part-words = was gesagt wurde
macro-part-step = der Schritt
macro-stopped = Das steht: { $what }. Dann ging es nicht weiter: { $reason }
macro-undone = Was das Makro gesetzt und gesagt hat, ist zurückgenommen
macro-undone-but = Zurückgenommen, aber nicht: { $what }
macro-left = { $what } ({ $reason })
macro-changed-since = seither geändert
macro-applied-moved = Makro angewendet; Rückgängigmachen nimmt zurück, was es gesetzt und gesagt hat, nicht den Schritt
macro-nothing = Nichts: Das Ticket ist schon so.
macro-moves = Bewegt es nach
macro-no-step = Sein Schritt „{ $step }“ geht nicht von dort, wo das Ticket steht
key-macro = Makro
key-choose = Ticket wählen; mit Umschalt + j, k alle, die man passiert
key-undo = Letzte Änderung rückgängig machen

## Merging and links
ticket-more = Mehr
merge = Mit einem anderen Ticket zusammenführen
merge-with = Mit welchem Ticket
merge-go = Zusammenführen
merge-stub = Führt danach zum anderen
merge-kept = Geht weiter
merge-turn = Andersherum
merge-moves = 
    { $count ->
        [0] Das Anliegen geht nach { $number }, und seine Leute folgen dort.
        [one] Das Anliegen und 1 Kommentar gehen nach { $number }, und seine Leute folgen dort.
       *[other] Das Anliegen und { $count } Kommentare gehen nach { $number }, und seine Leute folgen dort.
    }
merge-comment = Ein Wort an den Anfragenden
merge-comment-hint = Steht dort, wo das Gespräch weitergeht. Ist es leer, wird nichts gesagt.
merged-into = { $from } wurde mit { $to } zusammengeführt
merged-stub = Dieses Ticket wurde mit einem anderen zusammengeführt. Es gilt, was dort gesagt wird.
merged-stub-go = Dorthin
links = Verknüpfungen
links-none = Keine
link-add = Verknüpfung anlegen
link-remove = Verknüpfung mit { $number } entfernen
link-removed = Verknüpfung entfernt
link-kind = Dieses Ticket ist
link-other = Welches Ticket
link-parent-of = Übergeordnet zu
link-child-of = Untergeordnet zu
link-duplicate-of = Duplikat von
link-duplicated-by = Hat als Duplikat
link-blocks = Blockiert
link-blocked-by = Blockiert durch
link-related = Verwandt mit
link-follows = Setzt fort
link-followed-by = Fortgesetzt durch

## Changing a ticket
priority-computed = Nach Auswirkung und Dringlichkeit
describe = Beschreibung ändern
ticket-delete = Ticket löschen
ticket-delete-text = Mit allem, was gesagt wurde, und den Dateien. Niemand kann es zurückholen; die Nummer bleibt vergeben.
ticket-deleted = { $number } ist gelöscht
involve = Zu „{ $what }“ hinzufügen
involve-add = Hinzufügen …
involve-not = { $name } entfernen
follow = Folgen
follow-not = Nicht mehr folgen
subject-change = Betreff ändern
tags-change = Schlagwörter ändern
fields-change = Felder ändern
clash = { $field } wurde von jemand anderem geändert
clash-text = Sie haben beide dasselbe Feld geändert. Nichts von Ihnen ist verloren: Wählen Sie, was gilt.
clash-base = Zuvor
clash-theirs = Jetzt
clash-mine = Ihres
clash-keep-theirs = Lassen, wie es jetzt ist
clash-take-mine = Meines nehmen
goes-on = Nach dem Senden zum nächsten Ticket
others-look = { $name } sieht es an
others-reply = { $name } schreibt eine Antwort
others-note = { $name } schreibt eine Notiz
key-edit = Betreff ändern
total-exact = Tickets, genau
ticket-form = Formular
