<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Tasks</title>
  </head>
  <body>
    <main>
      <h1>Tasks</h1>
      <ul>
        @forelse ($tasks as $task)
          <li>
            <form method="post" action="{{ route('tasks.destroy', $task) }}">
              @csrf
              @method('delete')
              {{ $task->title }} <button>Done</button>
            </form>
          </li>
        @empty
          <li>Nothing to do.</li>
        @endforelse
      </ul>
      <form method="post" action="{{ route('tasks.store') }}">
        @csrf
        @error('title')
          <p role="alert">{{ $message }}</p>
        @enderror
        <label>Task <input name="title" maxlength="200" required></label>
        <button>Add</button>
      </form>
    </main>
  </body>
</html>
