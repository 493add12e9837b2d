/**
 * Solving one layer as data: a {@link lathe.engine.task.LayerTask} in, a {@link lathe.engine.task.LayerResult} out. Tasks
 * are independent of each other and of the network, so that they may be run anywhere.
 */
package lathe.engine.task;
