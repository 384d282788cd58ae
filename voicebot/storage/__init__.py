"""What must not be lost: tables, repositories, migrations, the journal."""
