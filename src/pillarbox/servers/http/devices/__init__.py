"""How a mail program is set up: one description of what is served here, in every form that programs and people ask for."""
