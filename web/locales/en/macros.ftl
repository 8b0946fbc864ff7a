### What is kept ready for tickets: macros, who may use what.

sharing = Who may use it
sharing-personal = Only I
sharing-department = A department
sharing-everyone = Every agent
view-name = Name
bulk-move-which = Next step
field-tags = Tags
macros-none = No macros yet
macros-none-text = A macro sets fields, says something and takes a step, all by one press on a ticket or on many.
macro-new = New macro
macro-edit = Change macro
macro-edit-name = Change { $name }
macro-delete = Delete macro
macro-delete-name = Delete { $name }
macro-delete-text = “{ $name }” is gone then for everybody who uses it. What it did stays done.
macro-name-missing = Give the macro a name.
macro-does-nothing = Choose something that it does.
macro-keeps = As it is
macro-says = Says
macro-says-nothing = Nothing
macro-tags-hint = In place of those a ticket has.
macro-language-hint = A tag such as en or de; empty leaves it.
macro-text = What it says
macro-text-hint = Filled in: {"{{"}requester.first_name{"}}"}, {"{{"}me.name{"}}"}, {"{{"}assignee.name{"}}"}, {"{{"}ticket.number{"}}"}, {"{{"}department.name{"}}"}
