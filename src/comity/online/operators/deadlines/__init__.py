"""Rules that judge when time has passed: an answer that did not come, a period that is over."""
