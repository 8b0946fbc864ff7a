### Going anywhere by a few letters, and the lists every agent has.

view-mine = My open
view-unassigned = Unassigned
view-open = All open
view-pending = Pending
view-resolved = Resolved
view-all = All tickets
macros = Macros
palette = Go to, or do
palette-keys = A number or words of a ticket, a view, a page, a deed. Arrows choose, Enter goes there.
palette-view = view
palette-page = page
palette-deed = deed
