### The portal.

new-request = New request
new-request-text = Tell us what you need. You get a number at once and hear of every step.
requests-open = Open
requests-done = Done
requests-none = No open requests
requests-none-text = Something broken, missing or unclear? Ask for it here.
requests-none-done = Nothing done yet
requests-none-done-text = Requests that are resolved or closed are kept here.
answers =
    { $count ->
        [one] 1 answer
       *[other] { $count } answers
    }
field-department-id = Department
department-hint = Who can help. Not sure? Take the nearest; it can be handed on.
department-missing = Choose who can help.
field-priority = Priority
field-subject = Subject
subject-hint = In a few words, as you would say it to a colleague.
subject-missing = Say in a few words what it is about.
field-description = Description
description-hint = What happens, since when, what you tried. Markdown works.
file-request = Send request
filed-as = Your request has the number
filed-text = You hear of every answer. You can add to it at any time.
open-request = Open request
file-another = Send another
waits-for-agent = Waits for somebody to take it
progress = Progress
no-description = No description was given.
departments-missing = There is no department yet that could help. Ask your administrator to make one.
