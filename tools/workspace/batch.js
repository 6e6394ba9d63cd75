/**
 * @typedef {import('nx/src/config/misc-interfaces.js').ExecutorContext} ExecutorContext
 * @typedef {import('nx/src/config/task-graph.js').TaskGraph} TaskGraph
 */

/**
 * What a batch executor says about one task.
 *
 * @typedef {{ task: string, result: { success: boolean, terminalOutput: string, startTime: number, endTime: number } }} TaskEnd
 */

/**
 * Returns the folders of the projects of a batch, relative to the workspace, by the id of their task.
 *
 * @param {TaskGraph} taskGraph
 * @param {ExecutorContext} context
 * @returns {Map<string, string>}
 */
export function projectRoots(taskGraph, context) {
  return new Map(
    Object.values(taskGraph.tasks).map(({ id, target }) => [
      id,
      context.projectsConfigurations.projects[target.project]?.root ?? '',
    ]),
  );
}

/**
 * Returns the folder of the project that a task is run for without a batch.
 *
 * @param {ExecutorContext} context
 */
export function projectRoot({ projectName = '', projectsConfigurations }) {
  return projectsConfigurations.projects[projectName]?.root ?? '';
}
