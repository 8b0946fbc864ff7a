### What one is asked to approve.

approvals-text = Steps of tickets that wait until somebody agrees, and what became of them.
approvals-lists = Which approvals
approvals-open = Waiting
approvals-decided = Decided
approvals-none = Nothing waits for you
approvals-none-text = When somebody needs your agreement, it appears here by itself.
approvals-never = Nothing decided yet
approvals-never-text = What you were asked for stays here with everybody’s votes.
approval-step = “{ $step }” moves it to { $stage }
approval-for = for
approval-asked-by = asked by
approval-request = What { $number } is about
approval-open-ticket = Open the ticket
approval-state-open = Open
approval-state-approved = Approved
approval-state-rejected = Rejected
approval-state-cancelled = No longer needed
