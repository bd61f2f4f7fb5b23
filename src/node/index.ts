export * as NodeLayer from "./NodeLayer.js"
