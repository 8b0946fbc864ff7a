### Die Tafel eines Teams.

team-text = Wer da ist und wie viel jeder zu tun hat. Jede Zahl öffnet ihre Liste.
team-department = Abteilung
team-everywhere = Alle Abteilungen
team-figures = Das Team in Zahlen
team-agent = Bearbeiter
team-load = Arbeit
team-sources = Nach Herkunft
team-open = Offen
team-waiting = Wartend
team-free = Nimmt mehr
team-none = Hier arbeitet niemand
team-none-text = Wer Anfragen einer Abteilung beantworten darf, ist Bearbeiter.
team-online = Online
team-of-agents =
    { $count ->
        [one] von 1 Bearbeiter
       *[other] von { $count } Bearbeitern
    }
team-open-sum = In Bearbeitung
team-units =
    { $count ->
        [one] 1 Einheit Arbeit
       *[other] { $count } Einheiten Arbeit
    }
team-unassigned = Warten auf jemanden
team-oldest = die älteste seit { $time }
team-none-wait = nichts wartet
team-over = Über der Kapazität
team-over-note = Bearbeiter mit mehr, als sie nehmen
team-load-of = { $units } von { $capacity }
team-load-units =
    { $count ->
        [one] 1 Einheit
       *[other] { $count } Einheiten
    }
team-load-over = { $count } zu viel
team-free-now = Jetzt
team-free-room = Platz für { $count }
team-free-full = Voll
team-free-not = Nimmt gerade nichts
team-free-away = Abwesend bis { $date }
team-source-portal = Portal
team-source-agent = Team
team-source-email = E-Mail
team-source-api = Programm
team-source-import = Import

## Der eigene Tag
today-text = Was bei Ihnen liegt, nach Fälligkeit, und was auf Sie wartet. Jede Zahl öffnet ihre Liste.
today-mine = Auf Ihrem Schreibtisch
today-overdue = Überfällig
today-today = Heute fällig
today-week = Binnen einer Woche fällig
today-later = Später fällig
today-never = Ohne Frist
today-waiting = Wartet auf andere
today-teams = In Ihren Abteilungen
today-mentions = Wo Sie erwähnt wurden
today-mentions-none = Nichts Ungelesenes
