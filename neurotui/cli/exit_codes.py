"""The exit codes of all commands."""

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_KEY = 3
"""The key was refused or is missing."""
EXIT_BALANCE = 4
"""The balance or the budget is used up."""
EXIT_CUT = 5
"""The answer was cut, or the server fell silent."""
EXIT_SCHEMA = 6
"""The answer is not valid by the schema that was given."""
EXIT_STOPPED = 130
EXIT_PIPE_CLOSED = 141
"""The shell's exit code for a program whose reader is gone: 128 plus the number of SIGPIPE."""
