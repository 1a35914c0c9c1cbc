// GET /api/departures: each line with the minutes to wait.
export default defineEventHandler(() => {
  const minute = new Date().getMinutes();
  return departures.map((departure) => ({ ...departure, wait: next(departure, minute) }));
});
