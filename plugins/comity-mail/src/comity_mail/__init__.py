"""Mail for comity: mailboxes, calendars and events of senders as contact logs."""
