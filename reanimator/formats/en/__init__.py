"""In English: by year, month and day, which no reader takes for another order."""
