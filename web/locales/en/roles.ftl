### Administration: roles, departments.

built-in = Built-in,
role-held-by =
    { $count ->
        [0] held by nobody
        [one] held once
       *[other] held { $count } times
    }
role-second-factor = Must have a second factor
role-copy = Copy to a new role
role-delete-text = Only a role nobody holds can be deleted.
role-from = Begins with the permissions of
role-from-nothing = Nothing
role-from-hint = Tick the rest in the table afterwards.
roles-changed =
    { $count ->
        [one] 1 role has unsaved changes
       *[other] { $count } roles have unsaved changes
    }
roles-save-first = Save or discard your changes first.
role-dispute = “{ $name }” was changed by somebody else meanwhile. Theirs: { $theirs }. Yours: { $mine }.
take-theirs = Take theirs
save-mine = Save mine
discard = Discard
departments-archived = Show archived ones too
department-below = New department below
department-parent-hint = Roles held above hold here too.
department-archive-text = Nothing new can be filed with it, and roles given in it end. Its tickets stay.
people-in = People in { $name }
level = (level { $level })
fold-of = Departments below { $name }
more-of = More for { $name }
