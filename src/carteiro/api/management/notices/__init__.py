"""How codes and sending are guarded."""
