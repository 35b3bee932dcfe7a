"""What engines return: findings, reports, decisions, and tables of them."""
