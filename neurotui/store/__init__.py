"""What is kept on disk: conversations, the running answer, transcripts."""
