"""What engines give: findings, reports, decisions, tables of them."""
