### Was jede Seite sagen kann.

## Überall
optional = (freiwillig)
loading = Wird geladen …
close = Schließen
cancel = Abbrechen
save = Speichern
saved = Gespeichert
undo = Rückgängig
more = Mehr anzeigen
copy = Kopieren
copied = Kopiert
download = Herunterladen
print = Drucken
remove = Entfernen
or = oder
done = Fertig
back = Zurück
continue = Weiter
choose = Auswählen …
refresh = Neu laden
try-again = Noch einmal versuchen
try-now = Jetzt versuchen
nobody = Niemand
nothing = keine
nothing-found = Nichts gefunden
never = Nie
yes = Ja
no = Nein
on = An
off = Aus
edited = bearbeitet
deleted = Dieser Kommentar wurde gelöscht.
everywhere = Überall
column-deeds = Was sich tun lässt
skip = Zum Hauptteil

## Rahmen
nav = Hauptmenü
nav-desk = Schreibtisch
nav-today = Heute
nav-requests = Meine Anfragen
nav-help = Wissen
nav-admin = Verwaltung
nav-approvals = Freigaben
nav-team = Team
nav-reports = Berichte
nav-team-all = Freigaben und Team
queues = Verteilung
levels = Zugesagte Zeiten
automations = Automatik
flows = Abläufe
approvals-waiting =
    { $count ->
        [one] 1 wartet auf Sie
       *[other] { $count } warten auf Sie
    }
account-of = Konto von { $name }
theme = Darstellung
theme-system = Wie das System
theme-light = Hell
theme-dark = Dunkel
comfortable = Größere Abstände
language = Sprache
sign-out = Abmelden
live-live = Aktuell
live-catching-up = Holt auf
live-offline = Getrennt
offline-banner = Keine Verbindung seit { $time }. Geschriebenes bleibt erhalten; Änderungen sind erst wieder möglich, wenn sie da ist.
account-own = Ihr Konto
second-factor-banner = Eine Ihrer Rollen wartet auf einen zweiten Faktor.
second-factor-set-up = Einrichten

## Mitteilungen
notifications = Mitteilungen
unread = { $count } ungelesen
unread-one = Ungelesen:
mark-all-read = Alle als gelesen markieren
no-notifications = Nichts Neues
no-notifications-text = Wenn etwas Sie braucht, steht es hier.

## Zeit
ago-now = gerade eben
ago-minutes = { $count } Min.
ago-hours = { $count } Std.
ago-days = { $count } T.

## Was schiefgeht
failed = Das hat nicht geklappt
failed-offline = Keine Verbindung
failed-not-found = Nicht gefunden
failed-denied = Nicht für Sie bestimmt
failed-not-built = Noch nicht gebaut
trouble-offline = Der Server ist nicht erreichbar. Versuchen Sie es gleich noch einmal.
trouble-signed-out = Ihre Sitzung ist beendet. Melden Sie sich wieder an.
trouble-not-built = Dieser Teil von Ticketmesh ist noch nicht gebaut.
trouble-fault = Auf dem Server ist etwas schiefgegangen. Versuchen Sie es noch einmal; bleibt es dabei, sagen Sie es Ihrer Verwaltung.
trouble-busy = Zu viele Anfragen auf einmal.
trouble-wrong-credentials = E-Mail oder Passwort ist falsch.
trouble-wrong-code = Der Code ist falsch oder verbraucht. Nehmen Sie den nächsten.
trouble-sign-in-blocked = Zu viele Fehlversuche von hier.
try-again-soon = Warten Sie einen Moment und versuchen Sie es wieder.
try-again-at = Versuchen Sie es nach { $time } wieder.
trouble-challenge-failed = Die Prüfung vor der Anmeldung hat nicht geklappt. Versuchen Sie es noch einmal.
trouble-wrong-password = Das ist nicht Ihr Passwort.
trouble-sso-required = Ihre Organisation meldet sich über ihren eigenen Dienst an. Nehmen Sie dessen Knopf unten.
trouble-sso-failed = Die Anmeldung über Ihre Organisation hat nicht geklappt. Versuchen Sie es noch einmal.
trouble-reset-link-spent = Der Link ist benutzt oder zu alt. Fordern Sie einen neuen an.
trouble-sign-up-closed = Konten gibt es hier nur auf Einladung oder nicht für solche Adressen.
trouble-second-factor-required = Eine Ihrer Rollen verlangt einen zweiten Faktor; er bleibt an.
trouble-stale-etag = Jemand anderes hat das eben geändert. Sehen Sie es sich an, wie es jetzt ist, und versuchen Sie es wieder.
trouble-request-id-reused = Das wurde schon gesendet. Laden Sie die Seite neu, um es zu sehen.
trouble-not-ratable = Das wurde schon bewertet oder ist nicht gelöst.
trouble-sign-in-again = Ihr Konto hat kein Passwort. Melden Sie sich bei Ihrem Anbieter neu an und tun Sie dies innerhalb von 10 Minuten.
trouble-break-glass-needed = Solange eine Domäne sich bei einem Anbieter anmelden muss, bleibt eine Person der Verwaltung mit Passwort für Notfälle. Benennen Sie zuerst unter Zugang eine, oder eine andere.
trouble-last-admin = Danach hätte niemand mehr die Verwaltungsrolle überall.
trouble-grant-exceeds-own = Sie können nichts vergeben, was Sie selbst nicht haben.
trouble-email-taken = Zu dieser E-Mail-Adresse gibt es schon ein Konto.
trouble-department-cycle = Eine Abteilung kann nicht unter sich selbst oder unter einer von ihren stehen.
trouble-department-has-children = Darunter sind noch Abteilungen. Archivieren oder verschieben Sie diese zuerst.
trouble-department-archived = Die Abteilung oder die darüber ist archiviert.
trouble-role-in-use = Jemand hat diese Rolle noch. Nehmen Sie sie zuerst zurück.
trouble-built-in-role = Eingebaute Rollen lassen sich nicht ändern. Legen Sie eine eigene an.
trouble-status-move-not-allowed = Von seinem jetzigen Status aus kann das Konto dort nicht hin.
trouble-invitation-spent = Der Link ist benutzt, abgelaufen oder zurückgezogen. Bitten Sie um einen neuen.
trouble-password-too-weak = Das Passwort ist zu leicht zu erraten. Nehmen Sie ein längeres oder selteneres.
unreachable-text = Ticketmesh ist nicht erreichbar. Sobald es antwortet, geht es weiter.
not-found = Hier ist nichts
not-found-text = Die Adresse führt ins Leere oder zu etwas, das nicht für Sie ist.
go-home = Zum Anfang

## Rückfragen, Zeitspannen
reason = Begründung
reason-hint = Steht im Protokoll.
reason-missing = Sagen Sie in wenigen Worten, warum.
typed = Hier eintippen
typed-text = Zum Fortfahren tippen Sie
typed-wrong = Das ist nicht dasselbe.
unit = Einheit
unit-seconds = Sekunden
unit-minutes = Minuten
unit-hours = Stunden
unit-days = Tage

## Mehrere auswählen
choose-row = { $name } auswählen
table-of = { $name }, Tabelle
choose-all = Alle auswählen
choose-none = Keine auswählen
chosen = Ausgewählte Zeilen
chosen-count =
    { $count ->
        [one] 1 ausgewählt
       *[other] { $count } ausgewählt
    }
choose-keys = x wählt die Zeile unter der Marke aus, Umschalt + x alle bis dahin, Escape keine.

## Sterne
stars-1 = Sehr schlecht
stars-2 = Schlecht
stars-3 = Mittelmäßig
stars-4 = Gut
stars-5 = Sehr gut
stars-given = { $count } von 5 Sternen
stars-none = Nicht bewertet

## Dateien
upload-or-drop = oder hierher ziehen
upload-most = Je bis zu { $size }
upload-waiting = wartet
upload-remove = { $name } wegnehmen
upload-again = { $name } erneut senden
upload-empty = Die Datei ist leer.
upload-too-large = Die Datei ist zu groß.
upload-unreadable = Die Datei lässt sich nicht mehr lesen. Wählen Sie sie erneut.
upload-expired = Es hat zu lange gedauert. Wählen Sie die Datei erneut.
upload-interrupted = Es wurde unterbrochen. Senden Sie sie erneut.

## Regeln
rule-place = Zeile { $line }, Spalte { $column }

## Formulare der Kategorien
form-field-missing = Bitte ausfüllen.
form-field-staff-only = Das sehen nur Mitarbeitende.
number-wrong = Geben Sie eine Zahl an, zum Beispiel 12,5.
url-wrong = Geben Sie die ganze Adresse an, zum Beispiel https://example.org.
currency = Währung
currency-wrong = Geben Sie die Währung mit drei Buchstaben an, zum Beispiel EUR.

## Markdown
markdown-write = Schreiben
markdown-preview = Vorschau
markdown-empty = Noch nichts zu zeigen

## Files that came
attachments = Dateien
attachment-open = { $name } ansehen
attachment-save = { $name } speichern
attachment-before = Vorherige Datei
attachment-after = Nächste Datei
attachment-place = { $number } von { $count }
attachment-refused = vom Virenscanner abgewiesen
attachment-scanning = wird auf Viren geprüft
attachment-coming = unterwegs

# What several programs say.
session-end = Abmelden
session-end-of = { $device } abmelden
api-key-revoke-of = { $name } widerrufen
time-zone = Zeitzone
name = Name
chart-table = Als Tabelle
chart-time = Zeit
chart-value = Wert
line-remove = { $name }: Zeile { $number } entfernen
