"""What exists: customers, projects, locations, assets, components, lots, installations."""
