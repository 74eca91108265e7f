"""What Pillarbox and Dovecot answer to the same questions about the same mail, side by side."""
