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
whose-hint = Who asks, and hears of every step. You, unless you choose somebody.
behalf-hint = Whom it is about, where that is somebody else.
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
draft-kept = Kept as you type.
draft-discard = Start over
not-sure = Not sure
category-legend = What is it about?
category-search = Find by words
category-unsure = Not sure, or something else
category-none-found = Nothing fits these words. Take fewer, or go on without.
field-category-id = Category
field-impact = How much is hit?
field-urgency = How soon does it hurt?
impact-low = One person, or a trifle
impact-medium = A team
impact-high = The whole organisation, or its customers
impact-unspecified = Not said
urgency-unspecified = Not said
urgency-low = It can wait
urgency-medium = Work is slower without it
urgency-high = Work stands still
priority-follows = Priority that follows:
files = Files
choose-files = Choose files
files-on-their-way = Some files are still on their way. Wait until they are there, or take them away.
suggestions = This may answer it at once:
suggestion-go-on = Go on with the request
suggestion-solved = That solved it
suggestion-solved-said = Good to hear. The request is not needed any more.

## A request that is done
answer-reopens = Not solved after all? Answer below, and the request is open again.
answer-reopens-closed = An answer opens the request again; after two weeks it goes on in a new one.
rate-title = How did it go?
rate-text = Your stars help us to do better. It takes a moment.
rate-stars = How content are you?
rate-comment = What was good, what was not?
rate-missing = Give one to five stars.
rate-send = Send rating
rate-thanks = Thank you for your rating
rate-thanks-text = It stands on request { $number } now.
rate-yours = Your rating
rate-not-now = There is nothing to rate
rate-link-spent = The link is damaged or too old. Sign in and rate the request there.
field-satisfaction = Rating
