"""What tests of Pillarbox, ours and others', may build on."""
