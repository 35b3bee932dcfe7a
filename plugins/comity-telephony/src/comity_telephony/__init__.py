"""Telephony for comity: call logs, phone numbers and their time zones."""
