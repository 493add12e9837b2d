package lathe.engine.task;

/**
 * Runs tasks: in the calling thread, or wherever else. Called by several threads at once, each with a task of its own;
 * returns when the task is done. The same task has the same result everywhere, but for the time it took.
 */
public interface LayerExecutor {

    /** Runs tasks in the calling thread. */
    LayerExecutor HERE = LayerTask::solve;

    /** Runs a task to its end. */
    LayerResult run(LayerTask task);
}
