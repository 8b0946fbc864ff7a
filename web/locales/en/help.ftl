### The knowledge base, as it is read.

help-text = Answers to what is asked often.
help-search = Search the knowledge base
help-write = Write and edit
help-edit = Edit
help-none = No articles yet
help-none-text = What is published here is found by its words, and suggested while somebody writes a request.
help-not-found-text = Take other words, or ask.
help-for-staff = Staff only
help-changed = Changed
help-helped = Was this helpful?
help-thanks = Thank you. That helps others find it.
help-sorry = Sorry. Ask us:
