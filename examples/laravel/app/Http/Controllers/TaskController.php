<?php

namespace App\Http\Controllers;

use App\Models\Task;
use Illuminate\Contracts\View\View;
use Illuminate\Http\RedirectResponse;
use Illuminate\Http\Request;

class TaskController
{
    public function index(): View
    {
        return view('tasks', ['tasks' => Task::query()->orderBy('id')->get()]);
    }

    public function store(Request $request): RedirectResponse
    {
        Task::create($request->validate(['title' => ['required', 'string', 'max:200']]));

        return redirect()->route('tasks.index');
    }

    public function destroy(Task $task): RedirectResponse
    {
        $task->delete();

        return redirect()->route('tasks.index');
    }
}
