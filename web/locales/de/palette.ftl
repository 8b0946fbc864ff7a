### Mit ein paar Buchstaben überallhin, und die Listen, die alle haben.

view-mine = Meine offenen
view-unassigned = Ohne Bearbeitung
view-open = Alle offenen
view-pending = Wartend
view-resolved = Gelöst
view-all = Alle Tickets
macros = Makros
palette = Gehe zu, oder tu
palette-keys = Nummer oder Wörter eines Tickets, eine Ansicht, eine Seite, eine Handlung. Pfeile wählen, Enter geht hin.
palette-view = Ansicht
palette-page = Seite
palette-deed = Handlung
