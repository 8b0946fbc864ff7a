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
whose-hint = Wer fragt und von jedem Schritt hört. Sie selbst, wenn Sie niemanden wählen.
behalf-hint = Um wen es geht, wenn es jemand anderes ist.
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
draft-kept = Wird beim Tippen gesichert.
draft-discard = Von vorn beginnen
not-sure = Unsicher
category-legend = Worum geht es?
category-search = Mit Worten suchen
category-unsure = Unsicher oder etwas anderes
category-none-found = Nichts passt zu diesen Worten. Nehmen Sie weniger oder machen Sie ohne weiter.
field-category-id = Kategorie
field-impact = Wie viel ist betroffen?
field-urgency = Wie bald tut es weh?
impact-low = Eine Person oder eine Kleinigkeit
impact-medium = Ein Team
impact-high = Das ganze Haus oder seine Kundschaft
impact-unspecified = Nicht gesagt
urgency-unspecified = Nicht gesagt
urgency-low = Es kann warten
urgency-medium = Die Arbeit geht langsamer
urgency-high = Die Arbeit steht still
priority-follows = Daraus folgende Dringlichkeit:
files = Dateien
choose-files = Dateien wählen
files-on-their-way = Einige Dateien sind noch unterwegs. Warten Sie, bis sie da sind, oder nehmen Sie sie weg.
suggestions = Vielleicht ist die Antwort schon da:
suggestion-go-on = Weiter mit der Anfrage
suggestion-solved = Das hat geholfen
suggestion-solved-said = Schön. Die Anfrage wird nicht mehr gebraucht.

## A request that is done
answer-reopens = Doch nicht gelöst? Antworten Sie unten, und die Anfrage ist wieder offen.
answer-reopens-closed = Eine Antwort öffnet die Anfrage wieder; nach zwei Wochen geht es in einer neuen weiter.
rate-title = Wie ist es gelaufen?
rate-text = Ihre Sterne helfen uns, besser zu werden. Es dauert einen Augenblick.
rate-stars = Wie zufrieden sind Sie?
rate-comment = Was war gut, was nicht?
rate-missing = Geben Sie einen bis fünf Sterne.
rate-send = Bewertung senden
rate-thanks = Danke für Ihre Bewertung
rate-thanks-text = Sie steht jetzt bei der Anfrage { $number }.
rate-yours = Ihre Bewertung
rate-not-now = Hier ist nichts zu bewerten
rate-link-spent = Der Link ist beschädigt oder zu alt. Melden Sie sich an und bewerten Sie die Anfrage dort.
field-satisfaction = Bewertung
