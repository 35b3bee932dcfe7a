"""Workbooks for comity: a reader of sheets and a formatter of reports."""
