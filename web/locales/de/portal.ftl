### Das Portal.

new-request = Neue Anfrage
new-request-text = Sagen Sie uns, was Sie brauchen. Sie bekommen sofort eine Nummer und hören von jedem Schritt.
requests-open = Offen
requests-done = Erledigt
requests-none = Keine offenen Anfragen
requests-none-text = Etwas ist kaputt, fehlt oder ist unklar? Fragen Sie hier.
requests-none-done = Noch nichts erledigt
requests-none-done-text = Gelöste und geschlossene Anfragen bleiben hier.
answers =
    { $count ->
        [one] 1 Antwort
       *[other] { $count } Antworten
    }
field-department-id = Abteilung
department-hint = Wer helfen kann. Unsicher? Nehmen Sie die nächstliegende; es kann weitergegeben werden.
department-missing = Wählen Sie, wer helfen kann.
field-priority = Dringlichkeit
field-subject = Betreff
subject-hint = In wenigen Worten, wie Sie es einer Kollegin sagen würden.
subject-missing = Sagen Sie in wenigen Worten, worum es geht.
field-description = Beschreibung
description-hint = Was geschieht, seit wann, was Sie versucht haben. Markdown geht.
file-request = Anfrage senden
filed-as = Ihre Anfrage hat die Nummer
filed-text = Sie hören von jeder Antwort und können jederzeit etwas hinzufügen.
open-request = Anfrage öffnen
file-another = Noch eine senden
waits-for-agent = Wartet darauf, dass jemand sie nimmt
progress = Fortschritt
no-description = Es gibt keine Beschreibung.
departments-missing = Es gibt noch keine Abteilung, die helfen könnte. Bitten Sie Ihre Verwaltung, eine anzulegen.
