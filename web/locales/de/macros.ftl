### Was für Tickets bereitliegt: Makros, wer was verwenden darf.

sharing = Wer sie benutzen darf
sharing-personal = Nur ich
sharing-department = Eine Abteilung
sharing-everyone = Alle Agenten
view-name = Name
bulk-move-which = Nächster Schritt
field-tags = Schlagwörter
macros-none = Noch keine Makros
macros-none-text = Ein Makro setzt Felder, sagt etwas und tut einen Schritt, alles mit einem Druck auf einem Ticket oder auf vielen.
macro-new = Neues Makro
macro-edit = Makro ändern
macro-edit-name = { $name } ändern
macro-delete = Makro löschen
macro-delete-name = { $name } löschen
macro-delete-text = „{ $name }“ ist dann für alle weg, die es benutzen. Was es getan hat, bleibt.
macro-name-missing = Geben Sie dem Makro einen Namen.
macro-does-nothing = Wählen Sie etwas, das es tut.
macro-keeps = Wie sie ist
macro-says = Sagt
macro-says-nothing = Nichts
macro-tags-hint = Anstelle derer, die ein Ticket hat.
macro-language-hint = Ein Kürzel wie de oder en; leer lässt sie stehen.
macro-text = Was es sagt
macro-text-hint = Ausgefüllt werden: {"{{"}requester.first_name{"}}"}, {"{{"}me.name{"}}"}, {"{{"}assignee.name{"}}"}, {"{{"}ticket.number{"}}"}, {"{{"}department.name{"}}"}
