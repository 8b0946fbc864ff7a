### The board of a team.

team-text = Who is there, and how much each has to do. Every number opens its list.
team-department = Department
team-everywhere = All departments
team-figures = The team in figures
team-agent = Agent
team-load = Work
team-sources = By source
team-open = Open
team-waiting = Waiting
team-free = Takes more
team-none = Nobody works here
team-none-text = Whoever may answer tickets of a department is an agent.
team-online = Online
team-of-agents =
    { $count ->
        [one] of 1 agent
       *[other] of { $count } agents
    }
team-open-sum = On somebody’s desk
team-units =
    { $count ->
        [one] 1 unit of work
       *[other] { $count } units of work
    }
team-unassigned = Waiting for somebody
team-oldest = the oldest for { $time }
team-none-wait = nothing waits
team-over = Over capacity
team-over-note = agents with more than they take
team-load-of = { $units } of { $capacity }
team-load-units =
    { $count ->
        [one] 1 unit
       *[other] { $count } units
    }
team-load-over = { $count } too many
team-free-now = Now
team-free-room = Room for { $count }
team-free-full = Full
team-free-not = Takes nothing now
team-free-away = Away until { $date }
team-source-portal = Portal
team-source-agent = Agent
team-source-email = E-mail
team-source-api = Program
team-source-import = Import

## One's own day
today-text = What is yours, by when it is due, and what waits for you. Every number opens its list.
today-mine = On your desk
today-overdue = Overdue
today-today = Due today
today-week = Due within a week
today-later = Due later
today-never = Without a deadline
today-waiting = Waiting for others
today-teams = In your departments
today-mentions = Where you were mentioned
today-mentions-none = Nothing you have not read
