### Verwaltung: Rollen, Abteilungen.

built-in = Eingebaut,
role-held-by =
    { $count ->
        [0] nicht vergeben
        [one] einmal vergeben
       *[other] { $count }-mal vergeben
    }
role-second-factor = Braucht einen zweiten Faktor
role-copy = In eine neue Rolle kopieren
role-delete-text = Löschen geht nur, wenn niemand die Rolle hat.
role-from = Beginnt mit den Berechtigungen von
role-from-nothing = Nichts
role-from-hint = Den Rest kreuzen Sie danach in der Tabelle an.
roles-changed =
    { $count ->
        [one] 1 Rolle ist nicht gespeichert
       *[other] { $count } Rollen sind nicht gespeichert
    }
roles-save-first = Speichern oder verwerfen Sie erst Ihre Änderungen.
role-dispute = „{ $name }“ hat inzwischen jemand anderes geändert. Dort: { $theirs }. Bei Ihnen: { $mine }.
take-theirs = Deren nehmen
save-mine = Meine speichern
discard = Verwerfen
departments-archived = Auch archivierte zeigen
department-below = Neue Abteilung darunter
department-parent-hint = Rollen, die darüber gelten, gelten auch hier.
department-archive-text = Neues kann dort nicht mehr eingehen, und Rollen in ihr enden. Ihre Tickets bleiben.
people-in = Personen in { $name }
level = (Ebene { $level })
fold-of = Abteilungen unter { $name }
more-of = Mehr zu { $name }
