### Die Tür.

## Anmelden
sign-in-title = Bei Ticketmesh anmelden
sign-in-text =
    Ihre Anfragen und die Arbeit dahinter.
sign-in = Anmelden
email = E-Mail
password = Passwort
show-password = Passwort zeigen
keep-signed-in = Angemeldet bleiben
session-ended = Ihre Sitzung ist beendet. Melden Sie sich an, um dort weiterzumachen, wo Sie waren.
setup-needed = Noch kann sich niemand anmelden. Öffnen Sie den Einrichtungslink, der beim Start von Ticketmesh ausgegeben wurde.
challenge = Von hier kamen viele Fehlversuche; deshalb löst Ihr Browser erst ein kleines Rätsel. Das dauert ein paar Sekunden, Sie müssen nichts tun.
forgot-password = Passwort vergessen?
no-account = Noch kein Konto?
sign-up = Eines anlegen
passkey-sign-in = Mit einem Passkey anmelden
sso-sign-in = Mit { $name } anmelden
problem-sso-failed = Die Anmeldung über Ihre Organisation hat nicht geklappt. Versuchen Sie es noch einmal oder nehmen Sie einen anderen Weg.
problem-sso-refused = Ihre Organisation hat Sie nicht eingelassen, oder Sie sind umgekehrt.
problem-sso-expired = Die Anmeldung hat zu lange gedauert. Beginnen Sie sie neu.
problem-sso-unavailable = Die Anmeldung Ihrer Organisation ist gerade nicht erreichbar. Versuchen Sie es später wieder.
second-factor-title = Zweiter Faktor
second-factor-text = Noch ein Schritt, damit ein gestohlenes Passwort nicht genügt.
code = Code
code-hint = Sechs Ziffern aus Ihrer App oder einer Ihrer Wiederherstellungscodes.
app-code-hint = Sechs Ziffern aus der Authenticator-App auf Ihrem Telefon.
by-passkey = Einen Passkey nehmen
by-app = Einen Code aus der App nehmen
by-email = Einen Code per E-Mail bekommen
by-recovery-code = Einen Wiederherstellungscode nehmen
back-to-sign-in = Zurück zur Anmeldung
recovery-code = Wiederherstellungscode
recovery-code-hint = Einer der zehn, die Sie aufbewahrt haben. Jeder gilt einmal.
email-code-text = Wir schicken einen Code an { $address }. Er gilt fünf Minuten.
email-code-sent = Ein Code ist unterwegs an { $address }.
email-code-hint = Sechs Ziffern aus der E-Mail.
email-code-send = Code schicken
email-code-again = Noch einen Code schicken
passkey-text = Ihr Gerät fragt nach Finger, Gesicht oder seinem Code.
passkey-use = Passkey verwenden
passkey-no-answer = Der Passkey wurde nicht verwendet. Versuchen Sie es noch einmal oder nehmen Sie einen anderen Weg.
passkey-refused = Dieser Passkey ist hier nicht bekannt oder gilt nicht mehr. Melden Sie sich anders an.
passkey-known = Dieses Gerät hat schon einen Passkey für dieses Konto.
passkey-wrong-address = Unter dieser Adresse gehen Passkeys nicht. Öffnen Sie Ticketmesh unter seiner eigenen.

## Ein Konto eröffnen
setup-title = Ticketmesh einrichten
setup-text = Legen Sie das erste Konto an. Es darf alles.
invitation-title = Willkommen bei Ticketmesh
invitation-text = Wählen Sie ein Passwort, und Sie sind drin.
your-name = Ihr Name
choose-password = Passwort wählen
password-hint = Mindestens { $count } Zeichen. Ein paar Wörter hintereinander sind leicht zu merken und schwer zu erraten.
open-account = Konto eröffnen
link-spent = Dieser Link gilt nicht mehr
link-spent-text = Er ist benutzt, abgelaufen oder zurückgezogen. Bitten Sie um einen neuen.
password-fair = Lang genug. Ein Wort mehr macht es viel stärker.
password-good = Eine gute Länge.
password-strong = Eine sehr gute Länge.
waits-for-approval = Fast geschafft
waits-for-approval-text = Ihre Adresse ist bestätigt. Sobald Ihr Konto freigegeben ist, bekommen Sie eine E-Mail und können sich anmelden.

## Vergessene Passwörter, eigene Konten
forgot-title = Passwort vergessen?
forgot-text = Sagen Sie, wer Sie sind; wir schicken Ihnen einen Link, um ein neues zu wählen.
forgot-send = Link schicken
forgot-again = Einen neuen Link anfordern
email-missing = Sagen Sie, wohin die E-Mail gehen soll.
letter-sent = Sehen Sie in Ihre E-Mails
forgot-sent = Wenn { $address } ein Konto hat, ist eine E-Mail mit einem Link unterwegs. Der Link gilt einmal, eine Stunde lang.
reset-title = Ein neues Passwort
reset-text = Alle Ihre Geräte werden damit abgemeldet.
new-password = Neues Passwort
reset-set = Passwort setzen
reset-done = Ihr Passwort ist gesetzt
reset-done-text = Sie wurden überall abgemeldet. Melden Sie sich mit dem neuen an.
reset-spent-text = Er ist benutzt oder älter als eine Stunde.
sign-up-title = Ein Konto anlegen
sign-up-text = Wir schicken Ihnen einen Link; dort wählen Sie ein Passwort.
sign-up-send = Link schicken
sign-up-sent = Eine E-Mail ist unterwegs an { $address }. Öffnen Sie den Link darin, um ein Passwort zu wählen.
sign-up-approval = Konten werden angesehen, bevor sie geöffnet werden.
sign-up-closed = Konten gibt es auf Einladung
sign-up-closed-text = Fragen Sie die, die Ticketmesh betreiben, nach Ihrem.
have-account = Schon ein Konto?
