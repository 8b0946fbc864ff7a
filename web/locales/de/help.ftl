### Die Wissensdatenbank, wie man sie liest.

help-text = Antworten auf das, was oft gefragt wird.
help-search = In der Wissensdatenbank suchen
help-write = Schreiben und ändern
help-edit = Ändern
help-none = Noch keine Artikel
help-none-text = Was hier veröffentlicht ist, wird mit Worten gefunden und vorgeschlagen, während jemand eine Anfrage schreibt.
help-not-found-text = Nehmen Sie andere Worte oder fragen Sie.
help-for-staff = Nur Mitarbeitende
help-changed = Geändert
help-helped = War das hilfreich?
help-thanks = Danke. So finden es andere leichter.
help-sorry = Schade. Fragen Sie uns:
