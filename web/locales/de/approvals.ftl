### Was man freigeben soll.

approvals-text = Schritte von Tickets, die warten, bis jemand zustimmt, und was daraus wurde.
approvals-lists = Welche Freigaben
approvals-open = Wartend
approvals-decided = Entschieden
approvals-none = Nichts wartet auf Sie
approvals-none-text = Wenn jemand Ihre Zustimmung braucht, erscheint es hier von selbst.
approvals-never = Noch nichts entschieden
approvals-never-text = Wonach Sie gefragt wurden, bleibt hier mit allen Stimmen stehen.
approval-step = „{ $step }“ führt es nach { $stage }
approval-for = für
approval-asked-by = gefragt von
approval-request = Worum es in { $number } geht
approval-open-ticket = Ticket öffnen
approval-state-open = Offen
approval-state-approved = Freigegeben
approval-state-rejected = Abgelehnt
approval-state-cancelled = Nicht mehr nötig
